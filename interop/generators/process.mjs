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

/** startEmulator returns the environment of an emulator, and a function that stops it. */
export async function startEmulator() {
  const emulator = spawn('../../bin/nks-access', ['emulator', '--listen', '127.0.0.1:0', '--quiet'],
    { stdio: ['ignore', 'pipe', 'inherit'] });
  const env = {};
  for await (const line of createInterface({ input: emulator.stdout })) {
    const [, name, value] = line.match(/^export (\w+)=(.*)$/) ?? [];
    if (name) env[name] = value;
    if (line.startsWith('unset')) break;
  }
  env.NKS_BASE_URL = `${env.NCLOUD_API_GW}/vnks/v2`;
  return { env, stop: () => emulator.kill() };
}
