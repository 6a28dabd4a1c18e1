/**
 * The compliance checklist: what each control asks, by which clause, and what a configuration and
 * the certificates that it names show of it.
 *
 * <p>Way in: {@link sallyport.compliance.Checklist#of}. Threads: none of its own; reads the modes
 * of files and nothing else. Opens no keys: what was opened is handed to it. Imports: {@code
 * ArchitectureTest}.
 */
@NullMarked
package sallyport.compliance;

import org.jspecify.annotations.NullMarked;
