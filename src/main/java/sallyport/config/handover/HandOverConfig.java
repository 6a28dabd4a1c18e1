package sallyport.config.handover;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import sallyport.config.problem.ConfigLocation;

/**
 * Hand-over of the listening sockets to the next process.
 *
 * @param socket the Unix socket at which processes meet; null for no hand-over
 */
public record HandOverConfig(@Nullable Path socket, ConfigLocation location) {}
