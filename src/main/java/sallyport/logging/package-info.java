/**
 * Appenders and queues of the logs: one access line an exchange, one audit line a security event,
 * through Logback. No line has a secret or a body; a query string is in access lines only if {@code
 * access-log.query} is on.
 *
 * <p>Way in: {@link sallyport.logging.BatchingAppender}, {@link sallyport.logging.LogStatus}. The
 * appenders and {@link sallyport.logging.LineEncoder} are named in the Logback configurations of
 * users: their names are part of the contract. Threads: any; {@code BatchingAppender} takes lines
 * without a lock, and a thread of each log writes them, so that an event loop never waits for a
 * disk or a pipe. Imports: {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.logging;

import org.jspecify.annotations.NullMarked;
