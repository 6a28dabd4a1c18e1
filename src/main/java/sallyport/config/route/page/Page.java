package sallyport.config.route.page;

/**
 * Text of an answer.
 *
 * @param contentType of a text in UTF-8
 */
public record Page(String contentType, String text) {}
