/**
 * JSON lines (RFC 8259) of printable ASCII.
 *
 * <p>Way in: {@link sallyport.logging.json.JsonLine}. Threads: one line belongs to one thread.
 * Imports: {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.logging.json;

import org.jspecify.annotations.NullMarked;
