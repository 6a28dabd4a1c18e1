/**
 * Files whose presence puts routes into maintenance.
 *
 * <p>Way in: {@link sallyport.gateway.maintenance.MaintenanceFiles}. Threads: any. Imports: {@code
 * ArchitectureTest}.
 */
@NullMarked
package sallyport.gateway.maintenance;

import org.jspecify.annotations.NullMarked;
