/**
 * JSON (RFC 8259) of printable ASCII: lines of logs, and documents.
 *
 * <p>Ways in: {@link sallyport.logging.json.JsonLine}, {@link sallyport.logging.json.JsonDocument}.
 * Threads: each belongs to one thread. Imports: {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.logging.json;

import org.jspecify.annotations.NullMarked;
