/**
 * Streams of PostgreSQL: the first packet of a client, cancels of queries, and the end of an idle
 * session at a drain.
 *
 * <p>Way in: {@link sallyport.stream.postgres.PostgresStreams}. On the event loop of each stream.
 * Imports: {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.stream.postgres;

import org.jspecify.annotations.NullMarked;
