/**
 * Hand-over of a gateway's listening sockets and ticket keys: from the process before, and to the
 * next one.
 */
@NullMarked
package sallyport.gateway.handover;

import org.jspecify.annotations.NullMarked;
