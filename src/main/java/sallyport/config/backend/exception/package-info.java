/**
 * Exceptions from the TLS policy that a single backend has, each with a reason, an owner and an
 * end.
 *
 * <p>Way in: {@link sallyport.config.backend.exception.ExceptionReader}. Threads: none of its own.
 * Imports: {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.config.backend.exception;

import org.jspecify.annotations.NullMarked;
