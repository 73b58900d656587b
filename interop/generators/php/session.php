<?php
// The session of the PHP client that OpenAPI Generator makes: session.php FOLDER. If the environment has DEVIATION, the emulator
// deviates from the contract, such as lists=null. Then a missing list and a missing message are fine.

use GuzzleHttp\Client;
use GuzzleHttp\HandlerStack;
use GuzzleHttp\Middleware;
use OpenAPI\Client\Api\AccessEntriesApi;
use OpenAPI\Client\Api\ClustersApi;
use OpenAPI\Client\ApiException;
use OpenAPI\Client\Configuration;
use OpenAPI\Client\Model;
use Psr\Http\Message\RequestInterface;

require __DIR__ . '/load.php';

const NOBODY = '00000000-0000-4000-8000-000000000000';
define('DEVIATES', getenv('DEVIATION') !== false);
const PRINCIPAL = 'nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4';

function sign(RequestInterface $request): RequestInterface
{
    $timestamp = (string) (int) (microtime(true) * 1000);
    $text = $request->getMethod() . ' ' . $request->getRequestTarget() . "\n" . $timestamp . "\n" . getenv('NCLOUD_ACCESS_KEY');
    return $request
        ->withHeader('x-ncp-apigw-timestamp', $timestamp)
        ->withHeader('x-ncp-iam-access-key', getenv('NCLOUD_ACCESS_KEY'))
        ->withHeader('x-ncp-apigw-signature-v2', base64_encode(hash_hmac('sha256', $text, getenv('NCLOUD_SECRET_KEY'), true)));
}

function check(bool $holds, $seen): void
{
    if (!$holds) {
        throw new Exception(is_string($seen) ? $seen : print_r($seen, true));
    }
}

/** Returns the entries of the principal. */
function find(AccessEntriesApi $api): array
{
    $entries = $api->listAccessEntries(getenv('NKS_CLUSTER'))->getAccessEntries();
    check(DEVIATES || $entries !== null, 'no list');
    return array_values(array_filter($entries ?? [], fn ($entry) => $entry->getEntry() === PRINCIPAL));
}

$handler = HandlerStack::create();
$handler->push(Middleware::mapRequest('sign'));
$http = new Client(['handler' => $handler, 'allow_redirects' => false, 'timeout' => 30]);
$configuration = (new Configuration())->setHost(getenv('NKS_BASE_URL'));
$api = new AccessEntriesApi($http, $configuration);
$cluster = getenv('NKS_CLUSTER');

$clusters = (new ClustersApi($http, $configuration))->listClusters()->getClusters();
check($clusters[0]->getUuid() === $cluster && $clusters[0]->getName() !== null, $clusters);

$edit = new Model\AccessPolicy([
    'type' => Model\PolicyType::NKS_EDIT_POLICY, 'scope' => Model\AccessPolicyScope::_NAMESPACE, 'namespaces' => ['dev'],
]);
$view = new Model\AccessPolicy(['type' => Model\PolicyType::NKS_VIEW_POLICY, 'scope' => Model\AccessPolicyScope::CLUSTER]);
$created = $api->createAccessEntry($cluster, new Model\CreateAccessEntryRequest([
    'type' => Model\EntryType::ROLE, 'entry' => PRINCIPAL, 'policies' => [$edit],
]));
check($created->getUuid() === $cluster, $created);
$entries = find($api);
check(count($entries) === 1, $entries);
$entry = $entries[0]->getUuid();
$api->updateAccessEntry($cluster, $entry, new Model\UpdateAccessEntryRequest(['groups' => ['developers'], 'policies' => [$view]]));
$updated = $api->getAccessEntry($cluster, $entry)->getAccessEntry();
check($updated->getGroups() === ['developers'] && $updated->getPolicies()[0]->getType() === 'NKSViewPolicy', $updated);
$api->deleteAccessEntry($cluster, $entry);
check(find($api) === [], 'the entry is still listed');

// One error of the service, and one of the gateway.
foreach ([[$configuration, 404], [(new Configuration())->setHost(getenv('NKS_BASE_URL') . '/nothing'), 404]] as [$config, $status]) {
    try {
        (new AccessEntriesApi($http, $config))->getAccessEntry($cluster, NOBODY);
        throw new Exception('an entry that does not exist was found');
    } catch (ApiException $error) {
        check($error->getCode() === $status, $error);
        check(DEVIATES || $error->getResponseObject()->getError()->getMessage() !== null, $error);
    }
}

check(!(new Model\CreateAccessEntryRequest(['type' => Model\EntryType::ROLE]))->valid(), 'a create without entry is valid');
