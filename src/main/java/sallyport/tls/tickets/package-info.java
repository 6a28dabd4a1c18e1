/**
 * Resumption of a listener's sessions: ticket keys in use, and where they come from.
 *
 * <p>Way in: {@link sallyport.tls.tickets.TicketKeys}. Any thread unless a type says otherwise.
 */
@NullMarked
package sallyport.tls.tickets;

import org.jspecify.annotations.NullMarked;
