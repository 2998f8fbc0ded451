/** Whether the environment allows colour. */
export function allowsColor({ NO_COLOR, TERM }: NodeJS.ProcessEnv): boolean {
  return !NO_COLOR && TERM !== 'dumb';
}

/** For the streams: whoever reads our words may stop (`| head`); the work goes on to its end. */
export function ignoreClosedPipe(error: Error & { readonly code?: string }): void {
  if (error.code !== 'EPIPE') throw error;
}
