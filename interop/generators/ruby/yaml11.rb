# Reads contracts with Psych, which reads YAML 1.1 and refuses dates, and compares them with their JSON.
#
#	ruby yaml11.rb openapi.yaml…
require 'json'
require 'yaml'

ARGV.each do |name|
  contract = YAML.safe_load(File.read(name))
  raise "#{name} and its JSON differ" unless contract == JSON.parse(File.read(name.sub(/yaml$/, 'json')))
end
