/**
 * Exits with one line if Node is older than `engines.node` in package.json. Every script of package.json that needs Node
 * loads it first, before anything that an older Node can not read: so it is written in the JavaScript of 2009.
 */
'use strict';

var required = require('../package.json').engines.node;
var running = process.versions.node;
if (parseInt(running, 10) < parseInt(required.replace('>=', ''), 10)) {
  console.error(
    'Push Resend needs Node ' + required + ', but this is Node ' + running + ' (' + process.execPath + ').',
  );
  process.exit(1);
}
