/**
 * Changes of the configuration: security that another configuration loosens, and settings that only
 * a restart can apply.
 *
 * <p>Way in: {@link sallyport.comply.change.Weakening#of}. Threads: none of its own; pure functions
 * over two configurations. Opens no files: the content of trust files is compared where they are
 * opened. Imports: {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.comply.change;

import org.jspecify.annotations.NullMarked;
