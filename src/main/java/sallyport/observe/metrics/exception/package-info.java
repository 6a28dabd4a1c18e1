/**
 * Meters of the exceptions that backends have from their TLS policies.
 *
 * <p>Any thread. Imports: {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.observe.metrics.exception;

import org.jspecify.annotations.NullMarked;
