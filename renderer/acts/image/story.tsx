import type {
  BuiltImageArtifact,
  CopiedSignatureArtifact,
  ImageArtifact,
  ImpostorImageArtifact,
  OtherProgramArtifact,
  PushedImageArtifact,
} from '../../../src/core/workflow/artifacts.ts'
import { Skyline, Skylines, Story, StoryResult } from '../../kit/story/story.tsx'

/** The image that was built. */
export function BuiltStory({ image }: { image: BuiltImageArtifact }) {
  return (
    <Story result={<StoryResult says="A tag can be moved" value={`${image.repository}:${image.tag}`} />}>
      <Skyline name="Image id" digest={image.imageId} tone="thread" says="its configuration’s hash" />
    </Story>
  )
}

/** The registry's answer to a push. */
export function PushedStory({ image }: { image: ImageArtifact }) {
  return (
    <Story
      result={<StoryResult says="From now on it is called" value={`${image.repository}@`} more="and this digest" />}
    >
      <Skylines>
        <Skyline name="The registry answered" digest={image.digest} tone="thread" says="its digest" />
        <Skyline name="The engine has" digest={image.imageId} says="its image id" />
      </Skylines>
    </Story>
  )
}

/** The same tag before and after. */
export function TamperedStory({ before, after }: { before: PushedImageArtifact | undefined; after: ImageArtifact }) {
  return (
    <Story result={<StoryResult says="The same name" value={`${after.repository}:${after.tag}`} />}>
      <Skylines>
        {before === undefined ? null : <Skyline name="The tag pointed at" digest={before.digest} says="signed" />}
        <Skyline name="Now it points at" digest={after.digest} tone="cut" says="signed by no one" />
      </Skylines>
    </Story>
  )
}

interface ImpostorStoryProps {
  readonly signed: PushedImageArtifact | undefined
  readonly impostor: ImpostorImageArtifact
}

/** Two images with one name on this machine. */
export function ImpostorStory({ signed, impostor }: ImpostorStoryProps) {
  return (
    <Story result={<StoryResult says="The same name" value={`${impostor.repository}:${impostor.tag}`} />}>
      <Skylines>
        {signed === undefined ? null : <Skyline name="The signed image" digest={signed.imageId} says="its image id" />}
        <Skyline name="The impostor" digest={impostor.imageId} tone="cut" says="never pushed" />
      </Skylines>
    </Story>
  )
}

/** A signature, and the image that it now lies beside. */
export function CopiedSignatureStory({ copied }: { copied: CopiedSignatureArtifact }) {
  return (
    <Story result={<StoryResult says="The registry stored it without a question" />}>
      <Skylines>
        <Skyline name="The signature is about" digest={copied.signs} />
        <Skyline name="It lies beside" digest={copied.to} tone="cut" says="another image" />
      </Skylines>
    </Story>
  )
}

/** The program in the signed image, and the one that takes its place. */
export function OtherProgramStory({ program }: { program: OtherProgramArtifact }) {
  return (
    <Story
      result={<StoryResult says="It will be mounted over" value={program.target} label="place in the container" />}
    >
      <Skylines>
        <Skyline name="The signed program" digest={program.built} />
        <Skyline name="The other program" digest={program.digest} tone="cut" says="signed by no one" />
      </Skylines>
    </Story>
  )
}
