/**
 * HL7 version 2 over MLLP, as far as a gateway has to know it: the borders of blocks, and which of
 * them acknowledge others.
 *
 * <p>Way in: {@link sallyport.mllp.MllpSession}. On the event loop of each stream. Imports: {@code
 * ArchitectureTest}.
 */
@NullMarked
package sallyport.mllp;

import org.jspecify.annotations.NullMarked;
