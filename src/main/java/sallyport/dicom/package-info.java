/**
 * DICOM's upper layer protocol for TCP, as far as a gateway has to know it: the borders of PDUs,
 * and when an association is open.
 *
 * <p>Way in: {@link sallyport.dicom.DicomSession}. On the event loop of each stream. Imports:
 * {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.dicom;

import org.jspecify.annotations.NullMarked;
