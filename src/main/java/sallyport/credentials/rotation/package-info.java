/**
 * Contract of what can be opened again while it is in use, and the outcomes of doing so.
 *
 * <p>Implemented by package {@code tls}, driven by package {@code gateway}.
 */
@NullMarked
package sallyport.credentials.rotation;

import org.jspecify.annotations.NullMarked;
