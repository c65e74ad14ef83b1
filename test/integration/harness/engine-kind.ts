import type { Engine } from '../../../src/core/containers/engine/engine.ts'

/** Whether Podman answers in Docker's place. */
export async function isPodman({ docker }: Pick<Engine, 'docker'>): Promise<boolean> {
  const { Components } = (await docker.version()) as { Components?: { Name: string }[] }
  return Components?.some(({ Name }) => Name.includes('Podman')) === true
}
