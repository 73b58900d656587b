// Runs programs.
import { spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';

/** run runs a command and returns what it printed. If the command fails, that is the error. */
export function run([command, ...args], { cwd, env } = {}) {
  const options = { cwd, env: { ...process.env, ...env }, encoding: 'utf8', maxBuffer: 64 << 20 };
  const { status, error, stdout, stderr } = spawnSync(command, args, options);
  if (status !== 0) throw error ?? new Error(`${stdout}${stderr}`);
  return stdout + stderr;
}

const command = '../../bin/nks-access';

/** startEmulator starts an emulator. */
export async function startEmulator() {
  const emulator = spawn(command, ['emulator', '--listen', '127.0.0.1:0', '--quiet'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const env = {};
  for await (const line of createInterface({ input: emulator.stdout })) {
    const [, name, value] = line.match(/^export (\w+)=(.*)$/) ?? [];
    if (name) env[name] = value;
    if (line.startsWith('unset')) break;
  }
  env.NKS_BASE_URL = `${env.NCLOUD_API_GW}/vnks/v2`;
  return new Emulator(emulator, env);
}

/** Emulator is a running emulator. env is the environment of its clients. */
class Emulator {
  #process;

  constructor(process, env) {
    this.#process = process;
    this.env = env;
  }

  /** reset removes all entries. */
  reset = () => this.#admin('reset');

  /** set turns a fault on or off, such as lists=null and lists=0. */
  set = (fault) => this.#admin('faults', new URLSearchParams(fault));

  async #admin(path, body) {
    // A connection that is kept would be closed while a client runs and this program waits for it.
    const headers = { Connection: 'close' };
    const response = await fetch(`${this.env.NCLOUD_API_GW}/_emulator/${path}`, { method: 'POST', headers, body });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  }

  /** create creates an entry with any policy. */
  async create(entry) {
    const url = `${this.env.NKS_BASE_URL}/clusters/${this.env.NKS_CLUSTER}/access-entries`;
    const signature = run([command, 'sign', 'POST', url], { env: this.env });
    const headers = Object.fromEntries(signature.trim().split('\n').map((line) => line.split(': ')));
    const response = await fetch(url, {
      method: 'POST', headers: { ...headers, Connection: 'close', 'Content-Type': 'application/json' }, body: JSON.stringify(entry),
    });
    if (!response.ok) throw new Error(`create: ${response.status} ${await response.text()}`);
  }

  stop = () => this.#process.kill();
}
