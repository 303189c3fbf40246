/** What bounds a rendering: a template comes from a file, and a mistake in it must not hold up the plugin. */

/** How deep parentheses and branches may stand in each other, and calls of templates with all that in them. */
export const maxDepth = 500;
/** The longest text that a rendering, or one function in it, may give. In bytes. */
export const maxBytes = 1024 * 1024;
/** How many statements and calls one rendering may do; long texts count as many. */
export const maxSteps = 1_000_000;
