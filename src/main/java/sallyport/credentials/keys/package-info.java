/**
 * Private keys, certificates and ticket keys as things to hold: opened from wherever they are kept,
 * checked, and described without being shown.
 *
 * <p>Way in: {@link sallyport.credentials.keys.KeyMaterial}. Threads: opened on the thread that
 * starts or reloads the gateway, immutable afterwards. Knows nothing of connections. Imports:
 * {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.credentials.keys;

import org.jspecify.annotations.NullMarked;
