/**
 * Who may come in, and how much: connections by number, rate and source, and the memory that all of
 * them hold together. Decides; its callers close connections.
 *
 * <p>Way in: {@link sallyport.net.admission.Admission}, {@link
 * sallyport.net.admission.BufferMemory}. Threads: any; no locks but those of one bin of a hash
 * table, taken once a connection. Knows no TLS and no HTTP. Imports: {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.net.admission;

import org.jspecify.annotations.NullMarked;
