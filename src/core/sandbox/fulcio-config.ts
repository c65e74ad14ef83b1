import { buildAddress, buildIssuer } from '../workflow/build-system.ts'
import { issuerUrl } from './issuer-state.ts'

const provider = 'sandbox-build'

/**
 * Fulcio's configuration: two issuers of people, and one of a build system. Of a build system's token Fulcio writes the
 * subject alternative name and the build extensions by these templates, as for the public CI services
 * (https://github.com/sigstore/fulcio/blob/main/config/identity/config.yaml, github-workflow).
 */
export function fulcioConfig(ports: { readonly issuer: number; readonly secondIssuer: number }): unknown {
  const ClientID = 'sigstore'
  const build = buildIssuer(issuerUrl(ports.issuer))
  const people = [ports.issuer, ports.secondIssuer].map(issuerUrl)
  return {
    OIDCIssuers: {
      ...Object.fromEntries(people.map((url) => [url, { IssuerURL: url, ClientID, Type: 'email' }])),
      [build]: { IssuerURL: build, ClientID, Type: 'ci-provider', CIProvider: provider },
    },
    CIIssuerMetadata: {
      [provider]: {
        DefaultTemplateValues: { url: buildAddress },
        SubjectAlternativeNameTemplate: '{{ .url }}/{{ .job_workflow_ref }}',
        ExtensionTemplates: {
          BuildSignerURI: '{{ .url }}/{{ .job_workflow_ref }}',
          BuildSignerDigest: 'job_workflow_sha',
          RunnerEnvironment: 'runner_environment',
          SourceRepositoryURI: '{{ .url }}/{{ .repository }}',
          SourceRepositoryDigest: 'sha',
          SourceRepositoryRef: 'ref',
          SourceRepositoryIdentifier: 'repository_id',
          SourceRepositoryOwnerURI: '{{ .url }}/{{ .repository_owner }}',
          SourceRepositoryOwnerIdentifier: 'repository_owner_id',
          BuildConfigURI: '{{ .url }}/{{ .workflow_ref }}',
          BuildConfigDigest: 'workflow_sha',
          BuildTrigger: 'event_name',
          RunInvocationURI: '{{ .url }}/{{ .repository }}/runs/{{ .run_id }}/attempts/{{ .run_attempt }}',
          SourceRepositoryVisibilityAtSigning: 'repository_visibility',
        },
      },
    },
  }
}
