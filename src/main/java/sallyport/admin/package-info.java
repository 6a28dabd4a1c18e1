/**
 * The admin listener: metrics, health, readiness, the status of the gateway, and the orders of its
 * operators, in plain HTTP.
 *
 * <p>Way in: {@link sallyport.admin.AdminPipeline}. Threads: one event loop, of this listener
 * alone; pages are made, and orders carried out, on virtual threads. Shows what it is given, and
 * changes what {@link sallyport.admin.Control} offers. Imports: {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.admin;

import org.jspecify.annotations.NullMarked;
