/**
 * PostgreSQL's protocol, as far as a gateway has to know it: the negotiation of TLS at the front,
 * the keys with which sessions are cancelled, and the borders between messages.
 *
 * <p>Way in: {@link sallyport.postgres.PostgresPreface}. Threads: each connection on its event
 * loop. Knows no server and no configuration. Imports: {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.postgres;

import org.jspecify.annotations.NullMarked;
