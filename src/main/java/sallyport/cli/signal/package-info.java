/**
 * The signals that a process which serves handles: SIGTERM and SIGINT stop it, SIGHUP reloads.
 *
 * <p>Way in: {@link sallyport.cli.signal.Signals}. Threads: handlers run on threads of the JVM, one
 * for each signal. Imports: {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.cli.signal;

import org.jspecify.annotations.NullMarked;
