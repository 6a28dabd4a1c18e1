/**
 * The files of a configuration: the main file, its includes, syntax errors, and settings written
 * twice.
 *
 * <p>Ways in: {@link sallyport.config.files.MainFile} and {@link
 * sallyport.config.files.ConfigFiles}. Knows no setting.
 */
@NullMarked
package sallyport.config.files;

import org.jspecify.annotations.NullMarked;
