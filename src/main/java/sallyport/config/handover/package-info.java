/** Settings of the hand-over of listening sockets to the next process. */
@NullMarked
package sallyport.config.handover;

import org.jspecify.annotations.NullMarked;
