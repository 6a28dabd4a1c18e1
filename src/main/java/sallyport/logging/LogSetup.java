package sallyport.logging;

import java.util.List;

/**
 * How one log is set up in this process.
 *
 * @param written whether its logger lets its lines through
 * @param problems what keeps its appenders from writing; empty where nothing does
 * @param waits appenders that make threads wait or lose lines uncounted: all but {@link
 *     BatchingAppender}
 */
public record LogSetup(boolean written, List<String> problems, List<String> waits) {}
