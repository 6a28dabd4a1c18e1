/**
 * Compliance checklist: the result of each control for a configuration and the certificates that it
 * names, as text and as JSON.
 *
 * <p>Way in: {@link sallyport.comply.checklist.Checklist#of}. Threads: none of its own; reads the
 * modes of files and nothing else. Opens no keys: its callers hand over what they opened. Imports:
 * {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.comply.checklist;

import org.jspecify.annotations.NullMarked;
