"""The platform's tutorial "Authenticating to the platform", step by step.

Reads DATACENTER_URL, CLIENT_ID and CLIENT_SECRET from the environment, and
exits with 1 at the first answer that is not what the tutorial shows.
"""

import json
import os
import sys
import time
from base64 import b64encode

import requests

# The first characters of the tutorial's tokens: the header's members and their order.
TOKEN_START = 'eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiIsImtpZCI6I'
TOKEN_LIFE_S = 7200
CLOCK_TOLERANCE_S = 60


def environment(name):
    """The value of an environment variable that must be there."""
    value = os.environ.get(name)
    if not value:
        sys.exit(f'error: {name} is not set\n'
                 'hint: `gatepass run -- COMMAND` sets all three variables')
    return value


def expect(holds, requirement, got):
    """Stop unless an answer is as the tutorial shows it."""
    if not holds:
        sys.exit(f'FAILED  {requirement}\n        got {got}')


def expect_ok(response):
    """Stop unless the answer is 200 with a JSON object."""
    expect(response.status_code == 200,
           f'{response.request.method} {response.url} answers 200',
           f'{response.status_code}: {response.text[:500]}')
    expect(response.headers.get('Content-Type', '').startswith('application/json'),
           'the answer is JSON', response.headers.get('Content-Type'))


def shortened(token):
    """Enough of a token to recognise it, too little to use it."""
    return f'{token[:48]}… ({len(token)} characters)'


def step(number, text):
    """Report a step that went well."""
    print(f'{number}. {text}')


# 1. Who signs in, and where.

client_id = environment('CLIENT_ID')
client_secret = environment('CLIENT_SECRET')
datacenter_url = environment('DATACENTER_URL').rstrip('/')

step(1, f'API client {client_id} at {datacenter_url}')

# 2. The credentials, encoded for HTTP Basic.

encoded_client_creds = b64encode(f'{client_id}:{client_secret}'.encode('ascii'))
basic_auth = {
    'Authorization': 'Basic ' + encoded_client_creds.decode('ascii')
}

step(2, 'Basic header built')

# 3. Credentials for a token.

response = requests.post(
    f'{datacenter_url}/api/2/idp/token',
    headers={'Content-Type': 'application/x-www-form-urlencoded', **basic_auth},
    data={'grant_type': 'client_credentials'},
)

expect_ok(response)

step(3, f'POST /api/2/idp/token answered {response.status_code}')

# 4. What is in the answer.

token_info = response.json()

expect(sorted(token_info) == ['access_token', 'expires_on', 'id_token', 'token_type'],
       'the answer has exactly access_token, expires_on, id_token and token_type',
       sorted(token_info))
expect(token_info['token_type'] == 'bearer', 'token_type is "bearer"', token_info['token_type'])
for name in ('access_token', 'id_token'):
    expect(isinstance(token_info[name], str) and token_info[name].startswith(TOKEN_START),
           f'{name} starts as the tutorial\'s', str(token_info[name])[:len(TOKEN_START)])
expect(token_info['access_token'] != token_info['id_token'],
       'the two tokens differ', 'the same token twice')
expect(type(token_info['expires_on']) is int, 'expires_on is a whole number',
       token_info['expires_on'])
left_s = token_info['expires_on'] - time.time()
expect(abs(left_s - TOKEN_LIFE_S) <= CLOCK_TOLERANCE_S,
       f'expires_on is {TOKEN_LIFE_S} s ahead', f'{left_s:.0f} s')

step(4, json.dumps({
    **token_info,
    'access_token': shortened(token_info['access_token']),
    'id_token': shortened(token_info['id_token']),
}, indent=4, ensure_ascii=False))

# 5. The token, put where every API expects it.

auth = {'Authorization': 'Bearer ' + token_info['access_token']}

step(5, 'Bearer header built')

# 6. A first call: the API client reads itself.

base_url = f'{datacenter_url}/api/2'

response = requests.get(f'{base_url}/clients/{client_id}', headers=auth)

expect_ok(response)
client = response.json()
expect(client.get('client_id') == client_id, 'client_id is the caller\'s', client.get('client_id'))
expect(client.get('type') == 'api_client', 'type is "api_client"', client.get('type'))
expect(client.get('status') == 'enabled', 'status is "enabled"', client.get('status'))
expect(isinstance(client.get('tenant_id'), str) and len(client['tenant_id']) == 36,
       'tenant_id is a UUID', client.get('tenant_id'))
expect(isinstance(client.get('data', {}).get('client_name'), str),
       'data.client_name is there', client.get('data'))
for name in ('token_endpoint_auth_method', 'created_at', 'created_by',
             'client_secret_expires_at', 'last_access_at', 'last_access_from_ip'):
    expect(name in client, f'{name} is there', sorted(client))
expect('client_secret' not in client, 'the secret is not told again', 'client_secret')

step(6, f'GET /api/2/clients/{client_id} answered {response.status_code}: '
        f'"{client["data"]["client_name"]}" of tenant {client["tenant_id"]}')

# 7. Another service, the same token: the tasks of the Task Manager.

base_url = f'{datacenter_url}/api/task_manager/v2'

response = requests.get(f'{base_url}/tasks', headers=auth)

expect_ok(response)
tasks = response.json()
expect(isinstance(tasks.get('items'), list), 'the answer has a list of items', sorted(tasks))
for task in tasks['items']:
    for name in ('id', 'state', 'issuer', 'enqueuedAt', 'updatedAt'):
        expect(name in task, f'each task has {name}', sorted(task))

step(7, f'GET /api/task_manager/v2/tasks answered {response.status_code}: '
        f'{len(tasks["items"])} tasks')

print('The tutorial passed: 7 steps.')
