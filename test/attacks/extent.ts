/** Whether attacks are played as long and as large as they were found (`npm run test:attacks`), and not in their short form. */
export const isWhole = process.env['ATTACKS'] === 'whole';
