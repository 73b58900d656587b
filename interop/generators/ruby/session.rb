# The session of the Ruby client that OpenAPI Generator makes. Typhoeus is Debian's. If the environment has DEVIATION, the emulator
# deviates from the contract, such as lists=null. Then a missing list and a missing message are fine.
$LOAD_PATH.unshift File.expand_path('../out/ruby/lib', __dir__)
require 'base64'
require 'openapi_client'
require 'openssl'
require 'uri'

CLUSTER = ENV.fetch('NKS_CLUSTER')
NOBODY = '00000000-0000-4000-8000-000000000000'.freeze
PRINCIPAL = 'nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4'.freeze
DEVIATES = ENV.key?('DEVIATION')

# Signs every request.
class SignedClient < OpenapiClient::ApiClient
  def build_request(http_method, path, opts = {})
    request = super
    timestamp = (Time.now.to_f * 1000).to_i.to_s
    text = "#{http_method} #{URI(request.url).request_uri}\n#{timestamp}\n#{ENV.fetch('NCLOUD_ACCESS_KEY')}"
    digest = OpenSSL::HMAC.digest('SHA256', ENV.fetch('NCLOUD_SECRET_KEY'), text)
    request.options[:headers].merge!(
      'x-ncp-apigw-timestamp' => timestamp,
      'x-ncp-iam-access-key' => ENV.fetch('NCLOUD_ACCESS_KEY'),
      'x-ncp-apigw-signature-v2' => Base64.strict_encode64(digest)
    )
    request
  end
end

def check(holds, seen)
  raise seen.inspect unless holds
end

# Returns the entries of the principal.
def find(api)
  entries = api.list_access_entries(CLUSTER).access_entries
  check(DEVIATES || entries, entries)
  (entries || []).select { |entry| entry.entry == PRINCIPAL }
end

base = URI(ENV.fetch('NKS_BASE_URL'))
client = SignedClient.new(OpenapiClient::Configuration.new do |config|
  config.scheme = base.scheme
  config.host = "#{base.host}:#{base.port}"
  config.base_path = base.path
end)
api = OpenapiClient::AccessEntriesApi.new(client)

clusters = OpenapiClient::ClustersApi.new(client).list_clusters.clusters
check(clusters[0].uuid == CLUSTER && clusters[0].name, clusters)

edit = OpenapiClient::AccessPolicy.new(type: OpenapiClient::PolicyType::NKS_EDIT_POLICY,
                                       scope: OpenapiClient::AccessPolicyScope::NAMESPACE, namespaces: ['dev'])
view = OpenapiClient::AccessPolicy.new(type: OpenapiClient::PolicyType::NKS_VIEW_POLICY,
                                       scope: OpenapiClient::AccessPolicyScope::CLUSTER)
created = api.create_access_entry(CLUSTER, OpenapiClient::CreateAccessEntryRequest.new(
                                             type: OpenapiClient::EntryType::ROLE, entry: PRINCIPAL, policies: [edit]
                                           ))
check(created.uuid == CLUSTER, created)
entries = find(api)
check(entries.size == 1, entries)
entry = entries[0].uuid
api.update_access_entry(CLUSTER, entry, OpenapiClient::UpdateAccessEntryRequest.new(groups: ['developers'], policies: [view]))
updated = api.get_access_entry(CLUSTER, entry).access_entry
check(updated.groups == ['developers'] && updated.policies[0].type == 'NKSViewPolicy', updated)
api.delete_access_entry(CLUSTER, entry)
check(find(api).empty?, 'the entry is still listed')
begin
  api.get_access_entry(CLUSTER, NOBODY)
  raise 'an entry that does not exist was found'
rescue OpenapiClient::ApiError => e
  check(e.code == 404, e)
  check(DEVIATES || e.response_body.include?('message'), e)
end
begin
  OpenapiClient::CreateAccessEntryRequest.new(type: OpenapiClient::EntryType::ROLE)
  raise 'the model accepts a create without entry'
rescue ArgumentError
  # refused
end
