/**
 * What is written down: one access line an exchange, one audit line a security event, both JSON
 * through logback, neither ever with a secret, a query string (unless asked for) or a body.
 *
 * <p>Threads: any; {@link sallyport.logging.BatchingAppender} takes lines without a lock, and a
 * thread of each log writes them, so that an event loop never waits for a disk or a pipe. Imports:
 * {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.logging;

import org.jspecify.annotations.NullMarked;
