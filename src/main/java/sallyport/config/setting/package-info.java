/**
 * Declarations of settings on the components of the records that hold them, and comparison of
 * settings.
 *
 * <p>Ways in: {@link sallyport.config.setting.Settings}. Depends on {@code config.problem} alone.
 */
@NullMarked
package sallyport.config.setting;

import org.jspecify.annotations.NullMarked;
