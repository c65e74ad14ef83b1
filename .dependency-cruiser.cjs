// One-way imports. `npm run check` fails when a rule is broken, and when fewer files were read than there are.
const pure = '^src/core/(domain|workflow|contract)/'
const layer = (name, from, allowed, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from },
  to: { path: '^(src|electron|renderer|test)/', pathNot: allowed },
})
const core = (...folders) => `^src/core/(${folders.join('|')})/`

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'pure-has-no-node',
      comment: 'domain, workflow and contract run in a browser window too',
      severity: 'error',
      from: { path: pure },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'pure-packages',
      comment: 'an npm package that the pure part may use is named here, after a look at it',
      severity: 'error',
      from: { path: pure },
      to: {
        path: 'node_modules',
        pathNot:
          'node_modules/(@noble/(hashes|curves)|@peculiar/x509|@peculiar/asn1-[a-z0-9-]+|asn1js|jsonc-parser|reflect-metadata|zod)/',
      },
    },
    {
      name: 'contract-packages',
      severity: 'error',
      from: { path: '^src/core/contract/' },
      to: { path: 'node_modules', pathNot: 'node_modules/zod/' },
    },
    {
      name: 'execa-in-process-only',
      severity: 'error',
      from: { pathNot: '^(src/core/process|test)/' },
      to: { path: 'node_modules/execa/' },
    },
    {
      name: 'dockerode-in-containers-only',
      severity: 'error',
      from: { pathNot: '^src/core/containers/' },
      to: { path: 'node_modules/dockerode/' },
    },
    {
      name: 'electron-in-electron-only',
      severity: 'error',
      // test/ui/harness/main.ts is the main program of a test, test/bench what is measured.
      from: { pathNot: '^(electron|test/ui|test/bench)/' },
      to: { path: '(^|node_modules/)electron(/|$)', pathNot: '^electron/' },
    },
    {
      name: 'steps-do-not-import-each-other',
      severity: 'error',
      from: { path: '^src/core/steps/([^/]+)/' },
      to: { path: '^src/core/steps/[^/]+/', pathNot: '^src/core/steps/($1|shared)/' },
    },
    layer('domain-first', core('domain'), core('domain'), 'domain imports nothing of ours'),
    layer('then-workflow', core('workflow'), core('domain', 'workflow'), 'workflow knows the domain only'),
    layer(
      'then-contract',
      core('contract'),
      core('domain', 'workflow', 'contract'),
      'what front end and engine agree on',
    ),
    layer(
      'files-process-and-machine',
      core('files', 'process', 'machine', 'network'),
      core('domain', 'files', 'process', 'machine', 'network'),
      'the lowest Node layer',
    ),
    layer(
      'attestor-stands-alone',
      core('attestor'),
      core('domain', 'files', 'process', 'machine', 'network', 'registry', 'sigstore', 'containers', 'attestor'),
      'usable without the app',
    ),
    layer(
      'registry-and-sigstore',
      core('registry', 'sigstore', 'containers'),
      core('domain', 'files', 'process', 'machine', 'network', 'registry', 'sigstore', 'containers'),
      'adapters know no story',
    ),
    layer(
      'tools-sandbox-spire',
      core('tools', 'sandbox', 'spire'),
      core(
        'domain',
        'workflow',
        'files',
        'process',
        'machine',
        'network',
        'registry',
        'sigstore',
        'containers',
        'attestor',
        'tools',
        'sandbox',
        'spire',
      ),
      'services know no steps',
    ),
    layer(
      'profiles-below-steps',
      core('profiles'),
      core('domain', 'workflow', 'files', 'process', 'machine', 'network', 'registry', 'sigstore', 'profiles'),
      'which services there are, not what is done with them',
    ),
    layer(
      'talks-are-files',
      core('talks'),
      core('domain', 'workflow', 'contract', 'files', 'talks'),
      'reading and writing talks knows no step',
    ),
    layer('steps-below-orchestrator', core('steps'), '^src/core/(?!orchestrator/)', 'steps do not know who runs them'),
    layer('core-below-front-ends', '^src/core/', '^src/core/', 'core knows no front end'),
    layer(
      'tests-are-not-shipped',
      '^(src|electron|renderer)/',
      '^(src|electron|renderer)/',
      'nothing outside test imports test',
    ),
    layer(
      'renderer-knows-the-contract',
      '^renderer/',
      '^(renderer|src/core/(domain|workflow|contract))/',
      'a window asks; it does nothing itself',
    ),
    {
      name: 'renderer-packages',
      severity: 'error',
      from: { path: '^renderer/', pathNot: '^renderer/vite.config.ts$' },
      to: {
        path: 'node_modules',
        pathNot: 'node_modules/(react|react-dom|@types/react|@types/react-dom|@fontsource|@noble/hashes)(/|$)',
      },
    },
    {
      name: 'renderer-has-no-node',
      severity: 'error',
      from: { path: '^renderer/', pathNot: '^renderer/vite.config.ts$' },
      to: { dependencyTypes: ['core'] },
    },
    layer('main-is-no-front-end', '^electron/', '^(electron|src/core)/', 'main starts the engine and shows a window'),
    {
      name: 'main-packages',
      severity: 'error',
      from: { path: '^electron/' },
      to: { path: 'node_modules', pathNot: 'node_modules/(electron|write-file-atomic|zod)/' },
    },
    layer(
      'preload-is-one-small-file',
      '^electron/preload/',
      '^(electron/(preload/|channels\\.ts)|src/core/contract/(desktop|names|presenting|transport)\\.ts|src/core/domain/app-error\\.ts)',
      'what crosses into the window is names and plain values',
    ),
    {
      name: 'preload-has-no-node',
      comment: 'the sandbox of a preload gives it nothing but electron',
      severity: 'error',
      from: { path: '^electron/preload/' },
      to: { dependencyTypes: ['core'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      extensions: ['.ts', '.tsx', '.mjs', '.cjs', '.js', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types'],
    },
    parser: 'swc',
  },
}
