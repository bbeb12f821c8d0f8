// Imports run one way: libs/resend <- the other libs <- apps/resend. The simulator stands alone.
const only = (name, from, allowed) => ({
  name,
  severity: 'error',
  from: { path: from },
  to: { path: '^(apps|libs)/', pathNot: [from, ...allowed] },
});

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    only('resend-imports-no-adapter', '^libs/resend/', []),
    only('redis-imports-only-resend', '^libs/redis/', ['^libs/resend/']),
    only('ledger-imports-only-resend-and-redis', '^libs/ledger/', ['^libs/resend/', '^libs/redis/']),
    only('egress-imports-nothing', '^libs/egress/', []),
    only('sessions-import-only-resend-and-egress', '^libs/sessions/', ['^libs/resend/', '^libs/egress/']),
    only('verify-imports-only-resend-and-egress', '^libs/verify/', ['^libs/resend/', '^libs/egress/']),
    only('files-import-nothing', '^libs/files/', []),
    only('settings-import-only-files', '^libs/settings/', ['^libs/files/']),
    only('audit-imports-only-resend-and-redis', '^libs/audit/', ['^libs/resend/', '^libs/redis/']),
    only('telemetry-imports-only-resend-redis-and-files', '^libs/telemetry/', [
      '^libs/resend/',
      '^libs/redis/',
      '^libs/files/',
    ]),
    only('nestjs-imports-no-settings-and-no-app', '^libs/nestjs/', ['^libs/(?!settings/)']),
    only('simulator-imports-nothing-of-ours', '^apps/simulator/src/', []),
    only('page-imports-only-the-client', '^apps/simulator/page/', ['^libs/client/']),
    only('client-imports-nothing-of-ours', '^libs/client/', []),
    {
      name: 'client-has-no-dependency',
      severity: 'error',
      from: { path: '^libs/client/src/(?!react-hook/)' },
      to: { dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-peer', 'npm-optional'] },
    },
    {
      name: 'resend-is-plain',
      severity: 'error',
      from: { path: '^libs/resend/' },
      to: { path: 'node_modules/(ioredis|twilio|undici|pino|fastify|@prometheus-io)' },
    },
    {
      name: 'nestjs-runs-on-every-platform',
      severity: 'error',
      from: { path: '^libs/nestjs/' },
      to: { path: 'node_modules/(fastify|express|@nestjs/platform-|pino)' },
    },
    {
      name: 'no-image-with-openapi',
      severity: 'error',
      from: { path: '^(libs|apps/[^/]+/src)/' },
      to: { path: '^apps/resend/openapi/' },
    },
    {
      name: 'only-tests-import-tests',
      severity: 'error',
      from: { path: '^(apps|libs)/' },
      to: { path: '^(test|scripts)/' },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.json'] },
  },
};
