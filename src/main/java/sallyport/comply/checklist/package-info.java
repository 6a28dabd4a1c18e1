/**
 * The compliance checklist: what each control asks, by which clause, and what a configuration and
 * the certificates that it names show of it.
 *
 * <p>Way in: {@link sallyport.comply.checklist.Checklist#of}. Threads: none of its own; reads the
 * modes of files and nothing else. Opens no keys: what was opened is handed to it. Imports: {@code
 * ArchitectureTest}.
 */
@NullMarked
package sallyport.comply.checklist;

import org.jspecify.annotations.NullMarked;
