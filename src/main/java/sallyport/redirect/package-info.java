/**
 * Answers of the plain listener: a redirect to HTTPS, or a refusal. Nothing is forwarded.
 *
 * <p>Way in: {@link sallyport.redirect.RedirectHandler}. Threads: the event loop of the connection.
 * Uses no backends. Imports: {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.redirect;

import org.jspecify.annotations.NullMarked;
