/**
 * The admin listener: metrics, health, readiness and a status page, in plain HTTP.
 *
 * <p>Way in: {@link sallyport.admin.AdminPipeline}. Threads: one event loop, of this listener
 * alone; pages are made on virtual threads. Shows what it is given and changes nothing. Imports:
 * {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.admin;

import org.jspecify.annotations.NullMarked;
