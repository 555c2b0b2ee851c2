// Signs in and reads the API client that signed in, with the fetch of Node, as any product would.
// Reads DATACENTER_URL, CLIENT_ID and CLIENT_SECRET; prints how it went as one line of JSON.

import { setTimeout as sleep } from 'node:timers/promises';

const { DATACENTER_URL, CLIENT_ID, CLIENT_SECRET } = process.env;
const basic = Buffer.from(`${CLIENT_ID}:${CLIENT_SECRET}`).toString('base64');
const call = (path, options) =>
    fetch(new URL(path, DATACENTER_URL), { signal: AbortSignal.timeout(30_000), ...options });

const run = { token_statuses: [], api_status: null, outcome: 'no token' };

let response;
for (const attempt of [1, 2, 3]) {
    response = await call('/api/2/idp/token', {
        method: 'POST',
        headers: { Authorization: `Basic ${basic}` },
        body: new URLSearchParams({ grant_type: 'client_credentials' }),
    });
    run.token_statuses.push(response.status);
    if (attempt === 3 || !(response.status === 429 || Math.floor(response.status / 10) === 50)) break;
    const retryAfter = response.headers.get('Retry-After') ?? '';
    await response.arrayBuffer(); // Frees the connection for the next attempt.
    await sleep(1000 * (/^\d+$/.test(retryAfter) ? Number(retryAfter) : 1));
}

if (response.status === 200) {
    const { access_token: token } = await response.json();
    response = await call(`/api/2/clients/${CLIENT_ID}`, { headers: { Authorization: `Bearer ${token}` } });
    run.api_status = response.status;
    run.outcome = response.status === 200 ? 'signed in' : 'call refused';
}

console.log(JSON.stringify(run));
