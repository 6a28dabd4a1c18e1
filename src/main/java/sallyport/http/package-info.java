/**
 * HTTP rules that both sides of the gateway share: the status of each failure, names of fields,
 * fields of one connection, dates, and the change to WebSocket. Rooms: {@code request} for heads,
 * {@code forwarded} for fields that the gateway adds, {@code codec} for octets and frames.
 *
 * <p>Way in: {@link sallyport.http.FailureTable}, {@link sallyport.http.FieldNameSet}. Threads:
 * stateless. Knows Netty's codec types, no sockets. Imports: {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.http;

import org.jspecify.annotations.NullMarked;
