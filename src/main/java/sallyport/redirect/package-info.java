/**
 * What the plain listener answers: a redirect to HTTPS, or a refusal; nothing is ever forwarded.
 *
 * <p>Way in: {@link sallyport.redirect.RedirectHandler}. Threads: the event loop of the connection.
 * Knows nothing of backends. Imports: {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.redirect;

import org.jspecify.annotations.NullMarked;
