/**
 * What the service manager of the process is told: that it is ready, reloads, stops and lives.
 *
 * <p>Way in: {@link sallyport.cli.notify.ServiceManager}. Threads: any, none of an event loop.
 * Imports: {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.cli.notify;

import org.jspecify.annotations.NullMarked;
