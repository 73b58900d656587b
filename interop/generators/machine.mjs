// The programs that the generators and their clients need on the machine, and how Debian installs them.
import { spawnSync } from 'node:child_process';

export const python = '/usr/bin/python3'; // Debian's, which sees Debian's libraries

const programs = {
  go: { try: ['go', 'version'], install: 'see https://go.dev/dl' },
  java: { try: ['javac', '-version'], install: 'apt-get install openjdk-17-jdk-headless' },
  php: {
    try: ['php', '-r', 'require "GuzzleHttp/autoload.php"; exit(extension_loaded("curl") && extension_loaded("mbstring") ? 0 : 1);'],
    install: 'apt-get install php-cli php-curl php-mbstring php-guzzlehttp-guzzle',
  },
  python: {
    try: [python, '-c', 'import certifi, dateutil, pydantic, six, urllib3, yaml'],
    install: 'apt-get install python3 python3-certifi python3-dateutil python3-pydantic python3-six python3-urllib3 python3-yaml',
  },
  ruby: { try: ['ruby', '-e', 'require "typhoeus"'], install: 'apt-get install ruby ruby-typhoeus' },
};

/** missing returns a sentence for each of the named programs that the machine lacks, or whose libraries it lacks. */
export function missing(names) {
  const lacking = names.filter((name) => {
    const [command, ...args] = programs[name].try;
    return spawnSync(command, args).status !== 0;
  });
  return lacking.map((name) => `${name} or a library of it is missing: ${programs[name].install}`);
}
