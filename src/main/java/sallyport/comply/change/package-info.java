/**
 * What another configuration would change: what it loosens, and what only a restart can apply.
 *
 * <p>Way in: {@link sallyport.comply.change.Weakening#of}. Threads: none of its own; pure functions
 * over two configurations. Opens no files: what trust files hold is compared where they are opened.
 * Imports: {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.comply.change;

import org.jspecify.annotations.NullMarked;
