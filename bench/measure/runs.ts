/** How often to measure: as `./muster bench --runs` says, else the program's own number. */
export const runsWanted = (own: number): number => Number(process.env["MUSTER_BENCH_RUNS"] ?? own);

/** Does something so many times, one after the other. */
export async function repeated<Result>(runs: number, work: (run: number) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  for (let run = 0; run < runs; run += 1) results.push(await work(run));
  return results;
}
