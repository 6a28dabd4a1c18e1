/**
 * Private keys with their certificates, opened from wherever they are kept, checked, and described
 * without being shown.
 *
 * <p>Way in: {@link sallyport.credentials.keys.KeyOpener}, {@link
 * sallyport.credentials.keys.KeyMaterial}. Opened on the thread that starts or reloads the gateway;
 * immutable afterwards.
 */
@NullMarked
package sallyport.credentials.keys;

import org.jspecify.annotations.NullMarked;
