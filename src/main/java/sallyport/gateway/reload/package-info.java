/** Reloads: what changed, what is retired, and what is rotated meanwhile. */
@NullMarked
package sallyport.gateway.reload;

import org.jspecify.annotations.NullMarked;
