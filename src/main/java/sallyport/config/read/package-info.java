/**
 * Typed reads of settings from HOCON objects, and the list of problems that they fill.
 *
 * <p>Way in: {@link sallyport.config.read.ConfigReader}. For the readers of the aggregates, on one
 * thread. Relative names of files start at the file that they are written in.
 */
@NullMarked
package sallyport.config.read;

import org.jspecify.annotations.NullMarked;
