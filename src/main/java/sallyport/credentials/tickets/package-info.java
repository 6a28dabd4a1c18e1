/**
 * Ticket keys and the secrets that they are derived from, as they are kept in files.
 *
 * <p>Any thread but those of event loops: reading blocks.
 */
@NullMarked
package sallyport.credentials.tickets;

import org.jspecify.annotations.NullMarked;
