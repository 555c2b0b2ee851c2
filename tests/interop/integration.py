"""Signs in and reads the API client that signed in, with requests, as any product would.

Reads DATACENTER_URL, CLIENT_ID and CLIENT_SECRET; prints how it went as one line of JSON.
"""

import json
import os
import time

import requests

url = os.environ['DATACENTER_URL'].rstrip('/')
client_id = os.environ['CLIENT_ID']
client_secret = os.environ['CLIENT_SECRET']

token_statuses, api_status, outcome = [], None, 'no token'

for attempt in (1, 2, 3):
    response = requests.post(
        f'{url}/api/2/idp/token',
        auth=(client_id, client_secret),
        data={'grant_type': 'client_credentials'},
        timeout=30,
    )
    token_statuses.append(response.status_code)
    if attempt == 3 or response.status_code not in (429, *range(500, 510)):
        break
    retry_after = response.headers.get('Retry-After', '')
    time.sleep(int(retry_after) if retry_after.isdecimal() else 1)

if response.status_code == 200:
    token = response.json()['access_token']
    response = requests.get(
        f'{url}/api/2/clients/{client_id}',
        headers={'Authorization': f'Bearer {token}'},
        timeout=30,
    )
    api_status = response.status_code
    outcome = 'signed in' if api_status == 200 else 'call refused'

print(json.dumps({'token_statuses': token_statuses, 'api_status': api_status, 'outcome': outcome}))
