/**
 * Access to the control of the gateway: who an operator is, and what an operator may do.
 *
 * <p>Way in: {@link sallyport.admin.access.Rights}. Threads: none of its own; pure functions.
 * Imports: {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.admin.access;

import org.jspecify.annotations.NullMarked;
